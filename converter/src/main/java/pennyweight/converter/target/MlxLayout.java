package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.formats.DType;
import pennyweight.formats.Shape;
import pennyweight.formats.safetensors.SafetensorsLayout;
import pennyweight.quantizer.encoding.Affine;
import pennyweight.quantizer.encoding.Encoding;
import pennyweight.quantizer.encoding.FloatBlock;
import pennyweight.quantizer.encoding.Plain;

/**
 * Where the tensors of an MLX folder stand: in shards, by name.
 *
 * @param tensors in the order of the drafts
 * @param files the shards
 * @param shardOf the name of the file that holds a plane, by the plane's name in order
 */
record MlxLayout(
        List<TargetTensor> tensors, List<PlannedFile> files, SequencedMap<String, String> shardOf) {
    /** The planes of a quantized module in order; the modes of small floats have no biases. */
    static final List<String> PLANES = List.of("weight", "scales", "biases");

    /** One plane of a draft under the name and in the shape that safetensors gives it. */
    private record DraftPlane(MlxDraft draft, int plane, SafetensorsLayout.Tensor tensor) {}

    /**
     * Places drafts.
     *
     * @param folder that the shards go into
     * @param shardBytes largest sum of the tensors' bytes in one shard
     */
    static MlxLayout of(
            List<MlxDraft> drafts, TargetSettings settings, Path folder, long shardBytes) {
        List<DraftPlane> planes = new ArrayList<>();
        for (MlxDraft draft : drafts) {
            for (int p = 0; p < draft.encoding().planes(); p++) {
                planes.add(new DraftPlane(draft, p, tensor(draft, p)));
            }
        }
        planes.sort(Comparator.comparing(p -> p.tensor.name()));
        List<List<DraftPlane>> shards = shards(planes, shardBytes);
        // Every reader of MLX looks for this mark: weights with it are used as they are stored.
        Map<String, String> metadata =
                new TreeMap<>(
                        Map.of(
                                "format",
                                "mlx",
                                PlanParts.SETTINGS_KEY,
                                PlanParts.settingsLine(settings)));
        List<PlannedFile> files = new ArrayList<>();
        SequencedMap<String, String> shardOf = new TreeMap<>();
        Map<String, Plane[]> placed = new HashMap<>();
        for (int s = 0; s < shards.size(); s++) {
            List<DraftPlane> shard = shards.get(s);
            String file = fileName(s, shards.size());
            Path path = folder.resolve(file);
            SafetensorsLayout layout =
                    SafetensorsLayout.of(shard.stream().map(DraftPlane::tensor).toList(), metadata);
            files.add(new PlannedFile.Tensors(path, layout.header(), layout.fileSize()));
            for (int i = 0; i < shard.size(); i++) {
                DraftPlane it = shard.get(i);
                placed.computeIfAbsent(
                                        it.draft.name(),
                                        _ -> new Plane[it.draft.encoding().planes()])[it.plane] =
                        plane(it, path, layout.offset(i));
                shardOf.put(it.tensor.name(), file);
            }
        }
        List<TargetTensor> tensors = new ArrayList<>();
        for (MlxDraft d : drafts) {
            tensors.add(
                    new TargetTensor(
                            d.role(),
                            d.source().name(),
                            d.name(),
                            d.transform(),
                            d.via(),
                            d.encoding(),
                            d.shape(),
                            List.of(placed.getOrDefault(d.name(), new Plane[0])),
                            d.fellBackFrom()));
        }
        return new MlxLayout(tensors, files, shardOf);
    }

    private static String fileName(int shard, int shards) {
        return shards == 1
                ? "model.safetensors"
                : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", shard + 1, shards);
    }

    private static Plane plane(DraftPlane it, Path file, long offset) {
        return new Plane(
                it.tensor.name(),
                it.tensor.dtype().name(),
                it.tensor.shape(),
                file,
                offset,
                it.draft.encoding().rowBytes(it.plane, it.draft.source().columns()),
                it.draft.source().rows());
    }

    private static SafetensorsLayout.Tensor tensor(MlxDraft draft, int plane) {
        Shape shape = draft.shape();
        DType dtype = dtype(draft.encoding(), plane);
        if (draft.encoding() instanceof Plain) {
            return new SafetensorsLayout.Tensor(draft.name(), dtype, shape);
        }
        long width = draft.encoding().rowBytes(plane, shape.columns()) / dtype.bytes();
        return new SafetensorsLayout.Tensor(
                MlxDraft.module(draft.name()) + "." + PLANES.get(plane),
                dtype,
                Shape.of(shape.rows(), width));
    }

    private static DType dtype(Encoding encoding, int plane) {
        return switch (encoding) {
            case Plain plain -> dtype(plain.type());
            case Affine affine -> plane == 0 ? DType.U32 : dtype(affine.scales());
            case FloatBlock _ -> plane == 0 ? DType.U32 : DType.U8;
            default -> throw new IllegalArgumentException("MLX has no " + encoding.label());
        };
    }

    private static DType dtype(Plain.Type type) {
        return switch (type) {
            case F32 -> DType.F32;
            case F16 -> DType.F16;
            case BF16 -> DType.BF16;
        };
    }

    private static List<List<DraftPlane>> shards(List<DraftPlane> planes, long shardBytes) {
        List<List<DraftPlane>> shards = new ArrayList<>();
        long room = 0;
        for (DraftPlane plane : planes) {
            if (shards.isEmpty() || plane.tensor.bytes() > room) {
                shards.add(new ArrayList<>());
                room = shardBytes;
            }
            shards.getLast().add(plane);
            room -= plane.tensor.bytes();
        }
        return shards;
    }

    /** Bytes of all tensors. */
    long tensorBytes() {
        return tensors.stream().mapToLong(TargetTensor::bytes).sum();
    }
}
