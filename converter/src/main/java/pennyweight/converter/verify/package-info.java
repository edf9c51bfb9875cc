/** The judges, the verdict and the report. */
@NullMarked
package pennyweight.converter.verify;

import org.jspecify.annotations.NullMarked;
