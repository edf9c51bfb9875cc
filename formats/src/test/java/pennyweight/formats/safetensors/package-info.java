@NullMarked
package pennyweight.formats.safetensors;

import org.jspecify.annotations.NullMarked;
