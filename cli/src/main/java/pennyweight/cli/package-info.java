/** The command line: one class a command, and how progress and results are shown. */
@NullMarked
package pennyweight.cli;

import org.jspecify.annotations.NullMarked;
