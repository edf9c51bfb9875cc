/**
 * ONNX files as ONNX's {@code onnx.proto} lays them out: one protobuf of the graph, and the weights
 * in a sidecar beside it. Knows the bytes, not what an operator means.
 */
@NullMarked
package pennyweight.formats.onnx;

import org.jspecify.annotations.NullMarked;
