/**
 * Evaluates an ONNX file from its own graph: every node, edge, attribute and byte range of the file
 * counts, and nothing of what its writer meant. Knows the operators that an ONNX decoder of ours
 * has, in float32.
 */
@NullMarked
package pennyweight.converter.verify.onnx;

import org.jspecify.annotations.NullMarked;
