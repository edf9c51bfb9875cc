/** What is special to MLX folders; their tensors are safetensors. */
@NullMarked
package pennyweight.formats.mlx;

import org.jspecify.annotations.NullMarked;
