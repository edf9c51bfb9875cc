package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.Recorded;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.run.StagedOutput;
import pennyweight.converter.run.TileRun;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.verify.Depth;
import pennyweight.converter.verify.Faithful;
import pennyweight.converter.verify.ImageError;
import pennyweight.converter.verify.Judge;
import pennyweight.converter.verify.Predictions;
import pennyweight.converter.verify.Verdict;
import pennyweight.converter.work.Progress;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufLayout;
import pennyweight.formats.gguf.GgufTensor;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The vision tower's file against what llama.cpp's converter wrote, and read back. */
final class MmprojTest {
    private static final String MEAN = "clip.vision.image_mean";

    @TempDir private Path folder = Path.of("");

    static Stream<Arguments> records() {
        return Recorded.MODELS.stream()
                .flatMap(model ->
                        Stream.of(GgufFileType.BF16, GgufFileType.F16, GgufFileType.Q8_0)
                                .map(type -> Arguments.of(model, type)));
    }

    private static TargetPlan plan(Checkpoint source, String model, GgufFileType type) {
        return new GgufTarget().plan(source, new TargetSettings.Mmproj(type), model);
    }

    private Path write(String model, GgufFileType type) {
        try (Checkpoint source = Checkpoint.open(Recorded.folder(model))) {
            OutputPlan plan = new OutputPlan(folder, List.of(plan(source, model, type)));
            new TileRun(source, 2, Progress.SILENT).write(List.of(new StagedOutput(plan, folder)));
            return folder.resolve(plan.targets().getFirst().main());
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void theFileIsTheReferences(String model, GgufFileType type) throws Exception {
        JsonNode recorded = Recorded.gguf(model, "mmproj-" + type.name().toLowerCase(Locale.ROOT));
        Path path = write(model, type);
        assertEquals("mmproj-" + model + "-" + type + ".gguf", path.getFileName().toString());
        try (GgufFile written = GgufFile.open(path)) {
            long data = written.tensors().getFirst().offset();
            List<String> names = new ArrayList<>();
            recorded.path("tensors").forEach(t -> names.add(t.path("name").asString()));
            assertEquals(names, written.tensors().stream().map(GgufTensor::name).toList());
            for (int i = 0; i < names.size(); i++) {
                GgufTensor t = written.tensors().get(i);
                JsonNode expected = recorded.path("tensors").path(i);
                List<Long> shape = new ArrayList<>();
                expected.path("shape").forEach(d -> shape.addFirst(d.longValue()));
                assertEquals(shape, t.shape().dimensions(), t.name());
                assertEquals(expected.path("type").asString(), t.type().name(), t.name());
                assertEquals(expected.path("offset").asLong(), t.offset() - data, t.name());
                byte[] bytes = written.input().read(t.offset(), (int) t.bytes());
                assertEquals(
                        expected.path("sha256").asString(),
                        HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(bytes)),
                        t.name());
            }
            SequencedMap<String, GgufValue> keys = new LinkedHashMap<>(written.metadata().values());
            assertEquals(PlanParts.SETTINGS_KEY, keys.lastEntry().getKey());
            keys.pollLastEntry();
            assertEquals(
                    List.copyOf(recorded.path("kv").propertyNames()), List.copyOf(keys.keySet()));
            keys.forEach(
                    (key, value) -> assertEquals(value(recorded.path("kv").path(key)), value, key));
        }
    }

    /** A value as the digest has it. */
    private static GgufValue value(JsonNode recorded) {
        JsonNode value = recorded.path("value");
        return switch (recorded.path("type").asString()) {
            case "STRING" -> new GgufValue.Text(value.asString());
            case "UINT32" -> new GgufValue.U32(value.asLong());
            case "INT32" -> new GgufValue.I32(value.asInt());
            case "FLOAT32" -> new GgufValue.F32((float) value.asDouble());
            case "BOOL" -> new GgufValue.Bool(value.asBoolean());
            case "ARRAY/FLOAT32" -> {
                float[] all = new float[value.size()];
                for (int i = 0; i < all.length; i++) {
                    all[i] = (float) value.path(i).asDouble();
                }
                yield GgufValue.Numbers.f32(all);
            }
            case "ARRAY/BOOL" -> {
                boolean[] all = new boolean[value.size()];
                for (int i = 0; i < all.length; i++) {
                    all[i] = value.path(i).asBoolean();
                }
                yield GgufValue.Numbers.bools(all);
            }
            default -> throw new AssertionError(recorded);
        };
    }

    @Test
    void rowsThatDoNotFitAreSaidToHaveFallenBack() {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("micro4b"))) {
            TargetPlan plan = plan(source, "micro4b", GgufFileType.Q8_0);
            // The tower is 144 wide; its MLP's second matrix has rows of 256.
            for (TargetTensor t : plan.tensors()) {
                boolean fell = t.name().matches(".*(attn_out|attn_qkv|ffn_up)\\.weight");
                assertEquals(
                        fell ? Optional.of("Q8_0") : Optional.empty(), t.fellBackFrom(), t.name());
                if (fell) {
                    assertEquals("F16", t.encoding().label(), t.name());
                }
            }
        }
    }

    @Test
    void noSourceTensorVanishes() {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"))) {
            TargetPlan plan = plan(source, "tiny", GgufFileType.F16);
            assertEquals(
                    source.tensors().size(),
                    plan.tensors().stream().map(TargetTensor::source).distinct().count()
                            + plan.leftOut().size());
            assertEquals(
                    List.of("frame 0 of 2", "frame 1 of 2"),
                    plan.tensors().stream()
                            .map(t -> t.transform().label())
                            .filter(label -> !label.isEmpty())
                            .toList());
        }
    }

    @Test
    void theTextModelsFileSaysWhereTheTowerIs() {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"))) {
            TargetPlan text =
                    new GgufTarget()
                            .plan(source, new TargetSettings.Gguf(GgufFileType.Q8_0), "tiny");
            assertEquals(List.of("vision tower: not asked for"), reasons(text));
            assertEquals(
                    List.of("vision tower: in the mmproj file"),
                    reasons(PlanParts.besideMmproj(text)));
        }
    }

    private static List<String> reasons(TargetPlan plan) {
        return plan.leftOut().stream().map(l -> l.reason()).distinct().toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "BF16", "Q8_0", "F32"})
    void anOwnFileIsFaithfulAndGood(GgufFileType type) {
        Path path = write("micro4b", type);
        try (Checkpoint source = Checkpoint.open(Recorded.folder("micro4b"));
                OpenedFile file = Targets.open(path)) {
            TargetSettings settings = file.settings().orElseThrow();
            assertEquals(new TargetSettings.Mmproj(type), settings);
            TargetPlan plan = Targets.of(settings).plan(source, settings, "any");
            Verdict verdict = judge(source, file, Optional.of(plan));
            Faithful.Judged faithful = assertInstanceOf(Faithful.Judged.class, verdict.faithful());
            assertEquals(List.of(), faithful.problems());
            assertEquals(plan.tensors().size(), faithful.tensors());
            assertEquals(Optional.empty(), faithful.computed());
            assertEquals(List.of(), verdict.good().problems());
            assertEquals(plan.tensors().size(), verdict.good().errors().size());
            assertInstanceOf(Predictions.NotCompared.class, verdict.good().predictions());
            // The tower runs on the file's own numbers, which are the planned ones.
            assertEquals(Optional.of(new Faithful.Seen(0, Optional.empty())), faithful.seen());
            ImageError image = verdict.good().image().orElseThrow();
            assertEquals(6, image.tokens());
            assertEquals(Optional.empty(), image.answer());
            switch (type) {
                case F16 -> assertEquals(0, image.relativeRmse(), 1e-5);
                case Q8_0 -> {
                    assertEquals(0.1, image.limit());
                    assertEquals(0.0137, image.relativeRmse(), 0.006);
                }
                default -> assertEquals(0, image.relativeRmse());
            }
        }
    }

    /** Heads of another width need no other tensors: the image shows them. */
    @Test
    void aStrangersOtherHeadsAreNotGood() throws IOException {
        Path stranger =
                edited(
                        write("micro4b", GgufFileType.F16),
                        keys -> {
                            keys.remove(PlanParts.SETTINGS_KEY);
                            keys.put("clip.vision.attention.head_count", new GgufValue.U32(4));
                        });
        try (Checkpoint source = Checkpoint.open(Recorded.folder("micro4b"));
                OpenedFile file = Targets.open(stranger)) {
            Verdict verdict = judge(source, file, Optional.empty());
            ImageError image = verdict.good().image().orElseThrow();
            assertTrue(image.relativeRmse() > image.limit(), () -> "" + image.relativeRmse());
            assertTrue(
                    verdict.good().problems().stream()
                            .anyMatch(p -> p.startsWith("embeddings of an image: ")),
                    () -> verdict.good().problems().toString());
        }
    }

    /** Nothing is run that a file does not hold. */
    @Test
    void noTextGoesThroughTheSourceForATowerAlone() {
        Path path = write("tiny-qwen35", GgufFileType.F16);
        List<String> stages = new ArrayList<>();
        Progress progress =
                new Progress() {
                    @Override
                    public void begin(String stage, long total, String unit) {
                        stages.add(stage);
                    }

                    @Override
                    public void advance(long count) {}

                    @Override
                    public void end() {}
                };
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"));
                OpenedFile file = Targets.open(path);
                Judge judge = new Judge(source, new int[] {1, 2}, Depth.QUICK, 1, progress)) {
            judge.judge(file, Optional.of(plan(source, "any", GgufFileType.F16)));
        }
        assertEquals(
                List.of(
                        "compare gguf",
                        "run the vision tower of gguf",
                        "run the source's vision tower",
                        "run the planned vision tower"),
                stages);
    }

    private static Verdict judge(Checkpoint source, OpenedFile file, Optional<TargetPlan> plan) {
        int[] prompt = {1, 2, 3, 4};
        try (Judge judge = new Judge(source, prompt, Depth.FULL, 2, Progress.SILENT)) {
            return judge.judge(file, plan);
        }
    }

    /** The file again with other metadata, the tensors as they are. */
    private Path edited(Path path, Consumer<SequencedMap<String, GgufValue>> edit)
            throws IOException {
        Path copy = folder.resolve("edited.gguf");
        try (GgufFile file = GgufFile.open(path)) {
            SequencedMap<String, GgufValue> keys = new LinkedHashMap<>(file.metadata().values());
            edit.accept(keys);
            GgufLayout layout =
                    GgufLayout.of(
                            keys,
                            file.tensors().stream()
                                    .map(t -> new GgufLayout.Entry(t.name(), t.type(), t.shape()))
                                    .toList());
            long data = file.tensors().getFirst().offset();
            try (OutputStream out = Files.newOutputStream(copy)) {
                out.write(layout.header().toArray());
                out.write(file.input().read(data, (int) (file.input().size() - data)));
            }
        }
        return copy;
    }

    @Test
    void aStrangersFileIsJudgedByWhatItSays() throws IOException {
        Path stranger =
                edited(
                        write("tiny-qwen35", GgufFileType.Q8_0),
                        keys -> keys.remove(PlanParts.SETTINGS_KEY));
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"));
                OpenedFile file = Targets.open(stranger)) {
            assertEquals("mmproj F32, Q8_0", file.label());
            Verdict verdict = judge(source, file, Optional.empty());
            assertInstanceOf(Faithful.NotJudged.class, verdict.faithful());
            assertEquals(List.of(), verdict.good().problems());
            assertTrue(verdict.good().worst().relativeRmse() > 0);
        }
    }

    @Test
    void aStrangersOtherPixelsAreNotGood() throws IOException {
        Path stranger =
                edited(
                        write("tiny-qwen35", GgufFileType.F16),
                        keys -> {
                            keys.remove(PlanParts.SETTINGS_KEY);
                            keys.put(MEAN, GgufValue.Numbers.f32(0.5f, 0.25f, 0.5f));
                        });
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"));
                OpenedFile file = Targets.open(stranger)) {
            assertEquals(
                    List.of(
                            "has clip.vision.image_mean [0.5, 0.25, 0.5],"
                                    + " where the checkpoint gives [0.5, 0.5, 0.5]"),
                    judge(source, file, Optional.empty()).good().problems());
        }
    }

    @Test
    void theTowerOfAnotherModelIsRefused() {
        Path path = write("micro4b", GgufFileType.F16);
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"));
                OpenedFile file = Targets.open(path)) {
            Refusal refusal =
                    assertThrows(Refusal.class, () -> judge(source, file, Optional.empty()));
            assertTrue(
                    refusal.getMessage().contains("where the checkpoint gives"),
                    refusal.getMessage());
        }
    }

    static Stream<Arguments> contradictions() {
        return Stream.of(
                Arguments.of("clip.projector_type", new GgufValue.Text("resampler"), "resampler"),
                Arguments.of("clip.has_vision_encoder", new GgufValue.Bool(false), "not true"),
                Arguments.of("clip.vision.block_count", new GgufValue.U32(0), "block_count"),
                Arguments.of(
                        "clip.vision.block_count", new GgufValue.U32(2000000000L), "block_count"),
                Arguments.of("clip.vision.block_count", new GgufValue.U32(3), "v.blk.2."),
                Arguments.of(
                        "clip.vision.embedding_length", new GgufValue.U32(126), "v.patch_embd"),
                Arguments.of("clip.vision.patch_size", new GgufValue.U32(8), "v.patch_embd"),
                Arguments.of(
                        "clip.vision.patch_size", new GgufValue.U32(2000000000L), "patch_size"),
                Arguments.of("clip.vision.spatial_merge_size", new GgufValue.U32(3), "mm.0."),
                Arguments.of(
                        "clip.vision.spatial_merge_size",
                        new GgufValue.U32(2000000000L),
                        "spatial_merge_size"),
                Arguments.of("clip.vision.projection_dim", new GgufValue.U32(255), "mm.2."),
                Arguments.of("clip.vision.patch_size", new GgufValue.Text("16"), "patch_size"));
    }

    @ParameterizedTest
    @MethodSource("contradictions")
    void aFileThatContradictsItselfIsRefused(String key, GgufValue value, String named)
            throws IOException {
        Path path = edited(write("tiny-qwen35", GgufFileType.F16), keys -> keys.put(key, value));
        Refusal refusal = assertThrows(Refusal.class, () -> Targets.open(path));
        assertTrue(refusal.getMessage().contains("edited.gguf"), refusal.getMessage());
        assertTrue(refusal.getMessage().contains(named), refusal.getMessage());
    }

    @ParameterizedTest
    @MethodSource("contradictions")
    void aFileWithoutAKeyThatRuntimesNeedIsRefused(String key, GgufValue value, String named)
            throws IOException {
        Path path = edited(write("tiny-qwen35", GgufFileType.F16), keys -> keys.remove(key));
        assertThrows(Refusal.class, () -> Targets.open(path));
    }

    /** A checkpoint whose files were edited, with the weights of the model itself. */
    private Checkpoint copied(String file, String content) throws IOException {
        Path copy = Files.createDirectories(folder.resolve("model"));
        try (Stream<Path> files = Files.list(Recorded.folder("tiny-qwen35"))) {
            for (Path f : files.toList()) {
                Path to = copy.resolve(f.getFileName().toString());
                if (f.getFileName().toString().equals(file)) {
                    Files.writeString(to, content);
                } else {
                    Files.copy(f, to);
                }
            }
        }
        return Checkpoint.open(copy);
    }

    @Test
    void aCheckpointWithoutAVisionConfigHasNoTower() throws IOException {
        JsonNode config =
                JsonFile.readObject(Recorded.folder("tiny-qwen35").resolve("config.json"));
        ((ObjectNode) config).remove("vision_config");
        try (Checkpoint source = copied("config.json", config.toString())) {
            assertEquals(Optional.empty(), source.tower());
            Refusal refusal =
                    assertThrows(Refusal.class, () -> plan(source, "tiny", GgufFileType.F16));
            assertTrue(refusal.getMessage().contains("has no vision tower"), refusal.getMessage());
            try (OpenedFile file = Targets.open(write("tiny-qwen35", GgufFileType.F16))) {
                assertEquals(
                        List.of("holds a vision tower, which the checkpoint has not"),
                        judge(source, file, Optional.empty()).good().problems());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"image_mean\": [0.5, 0.5], \"image_std\": [0.5, 0.5, 0.5]}",
                "{\"image_mean\": [0.5, 0.5, 0.5], \"image_std\": [0.5, \"x\", 0.5]}",
                "{\"image_mean\": 0.5, \"image_std\": [0.5, 0.5, 0.5]}"
            })
    void pixelsMustBeNormalisedSomehow(String preprocessor) throws IOException {
        try (Checkpoint source = copied("preprocessor_config.json", preprocessor)) {
            Refusal refusal =
                    assertThrows(Refusal.class, () -> plan(source, "tiny", GgufFileType.F16));
            assertTrue(refusal.getMessage().contains("image_"), refusal.getMessage());
        }
    }

    @Test
    void theProcessorsOwnConfigHasTheLastWord() throws IOException {
        try (Checkpoint source =
                copied(
                        "preprocessor_config.json",
                        "{\"image_mean\": [1, 1, 1], \"image_std\": [0.5, 0.5, 0.5],"
                                + " \"media_proc_cfg\": {\"image_mean\": [2, 2, 2]}}")) {
            assertEquals(GgufValue.Numbers.f32(2, 2, 2), mean(source));
            Files.writeString(
                    source.folder().path().resolve("processor_config.json"),
                    "{\"image_processor\": {\"image_mean\": [3, 3, 3]}}");
            assertEquals(GgufValue.Numbers.f32(3, 3, 3), mean(source));
        }
    }

    private static GgufValue mean(Checkpoint source) {
        return Optional.ofNullable(
                        MmprojMetadata.clip(source, source.tower().orElseThrow()).get(MEAN))
                .orElseThrow();
    }
}
