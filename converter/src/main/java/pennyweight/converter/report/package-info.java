/** What a run tells: to people, to machines, and to the run after it. */
@NullMarked
package pennyweight.converter.report;

import org.jspecify.annotations.NullMarked;
