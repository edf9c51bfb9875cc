@NullMarked
package pennyweight.converter.model.qwen35;

import org.jspecify.annotations.NullMarked;
