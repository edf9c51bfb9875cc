package pennyweight.formats.onnx;

import pennyweight.formats.Bytes;

/** Where the numbers of a tensor are. */
public sealed interface OnnxData {
    /** Length in bytes. */
    long length();

    /** In the graph itself, little-endian, as TensorProto's raw_data. */
    record Inline(Bytes bytes) implements OnnxData {
        @Override
        public long length() {
            return bytes.length();
        }
    }

    /**
     * In a sidecar.
     *
     * @param location name of the sidecar, in the folder of the graph
     * @param offset of the first byte, from the start of the sidecar
     */
    record External(String location, long offset, long length) implements OnnxData {}
}
