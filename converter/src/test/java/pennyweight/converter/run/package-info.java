/** Tests of the run. */
@NullMarked
package pennyweight.converter.run;

import org.jspecify.annotations.NullMarked;
