@NullMarked
package pennyweight.converter.verify;

import org.jspecify.annotations.NullMarked;
