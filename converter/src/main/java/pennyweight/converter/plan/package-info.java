/**
 * What will be written, decided before a byte is: names, transforms, encodings, shapes, files,
 * offsets.
 */
@NullMarked
package pennyweight.converter.plan;

import org.jspecify.annotations.NullMarked;
