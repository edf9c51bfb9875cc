package pennyweight.cli.inspect;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What stands in a file or folder.
 *
 * @param format {@code gguf}, {@code imatrix}, {@code mlx}, {@code onnx}, {@code safetensors}, or
 *     {@code checkpoint} of a folder of safetensors
 * @param metadata texts, numbers, flags, lists, and maps of them
 * @param problems what could not be made sense of
 */
public record Inspection(
        Path path,
        String format,
        List<StoredFile> files,
        Map<String, Object> metadata,
        List<Tensor> tensors,
        List<String> problems) {
    public Inspection {
        files = List.copyOf(files);
        metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
        tensors = List.copyOf(tensors);
        problems = List.copyOf(problems);
    }

    /** A file: below the path where that is a folder, otherwise the path's, or beside it. */
    public record StoredFile(String name, long bytes) {}

    /**
     * A tensor as it is stored.
     *
     * @param type as the format calls it
     * @param file name of the file that its bytes are in
     * @param offset of the first byte in that file; -1 where the format does not say
     * @param note what is known beyond that: bits and group of a quantized module, or what an entry
     *     of an importance matrix was measured with
     */
    public record Tensor(
            String name,
            String type,
            List<Long> shape,
            long bytes,
            String file,
            long offset,
            String note) {
        public Tensor {
            shape = List.copyOf(shape);
        }

        /** How many numbers, as far as they can be counted. */
        public long elements() {
            long n = 1;
            for (long d : shape) {
                if (d != 0 && n > Long.MAX_VALUE / Math.max(1, d)) {
                    return Long.MAX_VALUE;
                }
                n *= d;
            }
            return n;
        }
    }

    public long bytes() {
        return tensors.stream().mapToLong(Tensor::bytes).sum();
    }

    public long elements() {
        return tensors.stream().mapToLong(Tensor::elements).sum();
    }
}
