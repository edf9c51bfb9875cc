/**
 * A model's text decoder as an ONNX graph that ONNX Runtime, onnxruntime-genai and transformers.js
 * run: the forward pass, walked once with operations that write nodes.
 */
@NullMarked
package pennyweight.converter.target.onnx;

import org.jspecify.annotations.NullMarked;
