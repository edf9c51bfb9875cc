/** safetensors: files, folders of shards, and the layout of a file to be written. */
@NullMarked
package pennyweight.formats.safetensors;

import org.jspecify.annotations.NullMarked;
