/** Where numbers come from: the checkpoint, and tensors read back from any file. */
@NullMarked
package pennyweight.converter.source;

import org.jspecify.annotations.NullMarked;
