/** Does what a plan says: tiles over workers, staging, publishing. */
@NullMarked
package pennyweight.converter.run;

import org.jspecify.annotations.NullMarked;
