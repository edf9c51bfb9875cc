@NullMarked
package pennyweight.formats.mlx;

import org.jspecify.annotations.NullMarked;
