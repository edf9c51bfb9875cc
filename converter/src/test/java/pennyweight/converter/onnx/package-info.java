/** ONNX from both ends: what the target writes, run by ONNX Runtime and by the evaluator. */
@NullMarked
package pennyweight.converter.onnx;

import org.jspecify.annotations.NullMarked;
