@NullMarked
package pennyweight.formats.hf;

import org.jspecify.annotations.NullMarked;
