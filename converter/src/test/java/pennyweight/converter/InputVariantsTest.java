package pennyweight.converter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import pennyweight.converter.plan.GgufRequest;
import pennyweight.converter.plan.LeftOut;
import pennyweight.converter.plan.MlxOptions;
import pennyweight.converter.plan.MlxRequest;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.Plane;
import pennyweight.converter.plan.Request;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.plan.TargetTensor;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.report.OutputResult;
import pennyweight.converter.report.Report;
import pennyweight.converter.report.TargetResult;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.target.Planner;
import pennyweight.converter.target.Targets;
import pennyweight.converter.verify.Depth;
import pennyweight.converter.verify.Faithful;
import pennyweight.converter.work.Progress;
import pennyweight.formats.io.InputFile;
import pennyweight.formats.mlx.MlxMode;
import pennyweight.quantizer.encoding.Plain;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Checkpoints come in many shapes; the files that are made of them must not show it. */
final class InputVariantsTest {
    private static final Path TINY = Recorded.folder("tiny-qwen35");
    private static final Path MICRO = Recorded.folder("micro4b");
    private static final int[] TOKENS = {5, 1200, 17, 3, 801, 2047, 64, 9};

    @TempDir private static Path originals;
    private static final Map<Path, Converted> ORIGINAL = new HashMap<>();

    /** What one checkpoint became at 4 bits. */
    private record Converted(
            Path folder,
            int sourceTensors,
            List<TargetResult> targets,
            JsonNode report,
            float[] logits) {
        TargetPlan plan(String format) {
            return targets.stream()
                    .map(TargetResult::plan)
                    .filter(p -> p.settings().format().equals(format))
                    .findFirst()
                    .orElseThrow();
        }

        /** The bytes of each plane of a format's file, by the plane's name and type. */
        Map<String, byte[]> planes(String format) {
            Map<String, byte[]> all = new TreeMap<>();
            for (TargetTensor tensor : plan(format).tensors()) {
                for (Plane plane : tensor.planes()) {
                    try (InputFile file = InputFile.open(folder.resolve(plane.file()))) {
                        all.put(
                                plane.name() + " " + plane.type(),
                                file.read(plane.offset(), (int) plane.bytes()));
                    }
                }
            }
            return all;
        }
    }

    @BeforeAll
    static void convertOriginals() {
        for (Path model : List.of(TINY, MICRO)) {
            ORIGINAL.put(model, convert(model, originals.resolve(model.getFileName()), Depth.NONE));
        }
    }

    private static Converted original(Path model) {
        return Optional.ofNullable(ORIGINAL.get(model)).orElseThrow();
    }

    private static Converted convert(Path model, Path out, Depth depth) {
        return convert(model, out, depth, 64, 32);
    }

    private static Converted convert(Path model, Path out, Depth depth, int group, int block) {
        Request request =
                new Request(
                        Set.copyOf(Targets.formats()),
                        List.of(4),
                        GgufRequest.DEFAULT,
                        new MlxRequest(
                                MlxMode.AFFINE, Optional.of(group), MlxOptions.DEFAULT, false),
                        block,
                        0,
                        Optional.of(out),
                        Optional.of("model"));
        try (Checkpoint source = Checkpoint.open(model);
                ForwardPass pass = new ForwardPass(source.model(), source.weights(), 1)) {
            List<OutputPlan> plans = Planner.plan(source, request);
            List<OutputResult> results =
                    new Conversion(source, plans, depth, 2, false, Progress.SILENT).run();
            return new Converted(
                    out,
                    source.tensors().size(),
                    results.getFirst().targets(),
                    JsonMapper.shared().readTree(Report.json(source, depth, plans, results)),
                    pass.begin().prefill(TOKENS).all());
        }
    }

    /** A checkpoint with a vision tower gives one file more. */
    private static boolean isTower(TargetPlan plan) {
        return plan.settings() instanceof TargetSettings.Mmproj;
    }

    private static void assertFaithful(Converted converted) {
        long text = converted.targets.stream().filter(t -> !isTower(t.plan())).count();
        assertEquals(Targets.formats().size(), text);
        for (TargetResult target : converted.targets) {
            Faithful.Judged faithful =
                    assertInstanceOf(
                            Faithful.Judged.class, target.verdict().orElseThrow().faithful());
            assertEquals(List.of(), faithful.problems(), target.plan().main().toString());
            // Every tensor of the source is in the file or named as left out.
            Set<String> named = new HashSet<>();
            target.plan().tensors().forEach(t -> named.add(t.source()));
            target.plan().leftOut().forEach(l -> named.add(l.tensor()));
            assertEquals(converted.sourceTensors, named.size());
        }
        converted
                .report
                .path("outputs")
                .path(0)
                .path("targets")
                .forEach(t -> {
                    assertEquals("passed", t.path("faithful").path("verdict").asString());
                });
    }

    private static void assertSameBytes(Map<String, byte[]> expected, Map<String, byte[]> found) {
        assertEquals(expected.keySet(), found.keySet());
        expected.forEach((name, bytes) -> assertArrayEquals(bytes, found.get(name), name));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-qwen35", "micro4b"})
    void neitherNamesNorNestingNorTheMissingRestChangeTheDecoder(
            String name, @TempDir Path folder) {
        Path model = Recorded.folder(name);
        CheckpointWriter whole = CheckpointWriter.of(model);
        Converted nested =
                convert(
                        whole.textAlone().write(folder.resolve("nested")),
                        folder.resolve("of-nested"),
                        Depth.FULL);
        Converted flat =
                convert(
                        whole.flat().write(folder.resolve("flat")),
                        folder.resolve("of-flat"),
                        Depth.FULL);
        for (Converted variant : List.of(nested, flat)) {
            assertFaithful(variant);
            assertArrayEquals(original(model).logits, variant.logits);
            Map<String, byte[]> decoder = original(model).planes("mlx");
            decoder.keySet().removeIf(plane -> plane.startsWith("vision_tower."));
            assertSameBytes(decoder, variant.planes("mlx"));
            assertSameBytes(original(model).planes("onnx"), variant.planes("onnx"));
            variant.targets.forEach(t -> assertEquals(List.of(), t.plan().leftOut()));
        }
        assertSameBytes(nested.planes("gguf"), flat.planes("gguf"));
        // llama.cpp's mix counts the MTP layer, so a tensor may be of another type without it.
        Map<String, byte[]> with = original(model).planes("gguf");
        int same = 0;
        for (Map.Entry<String, byte[]> plane : flat.planes("gguf").entrySet()) {
            byte[] bytes = with.get(plane.getKey());
            if (bytes != null) {
                assertArrayEquals(bytes, plane.getValue(), plane.getKey());
                same++;
            }
        }
        assertTrue(same >= flat.plan("gguf").tensors().size() - 2, same + " of the same type");
    }

    /** llama.cpp's own file of the checkpoint without its MTP head. */
    @Test
    void aTextCheckpointHasTheTypesOfTheReference(@TempDir Path folder) {
        Path flat = CheckpointWriter.of(TINY).flat().write(folder.resolve("flat"));
        Map<String, String> expected = new TreeMap<>();
        Recorded.gguf("tiny-qwen35", "no-mtp-Q4_K_M")
                .path("tensors")
                .forEach(t -> expected.put(t.path("name").asString(), t.path("type").asString()));
        Map<String, String> found = new TreeMap<>();
        for (TargetTensor t :
                convert(flat, folder.resolve("out"), Depth.NONE).plan("gguf").tensors()) {
            found.put(t.name(), t.planes().getFirst().type());
        }
        assertEquals(expected, found);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void theNumberOfFilesDoesNotMatter(int files, @TempDir Path folder) {
        CheckpointWriter whole = CheckpointWriter.of(MICRO);
        Path model = folder.resolve("model");
        Converted variant =
                convert(
                        files == 1 ? whole.write(model) : whole.write(model, files),
                        folder.resolve("out"),
                        Depth.QUICK);
        assertFaithful(variant);
        assertArrayEquals(original(MICRO).logits, variant.logits);
        for (String format : Targets.formats()) {
            assertSameBytes(original(MICRO).planes(format), variant.planes(format));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F16", "F32"})
    void otherFloatTypesOfTheSourceWork(Plain.Type type, @TempDir Path folder) {
        Converted variant =
                convert(
                        CheckpointWriter.of(TINY).as(type).write(folder.resolve("model"), 2),
                        folder.resolve("out"),
                        Depth.FULL);
        assertFaithful(variant);
        for (TargetResult target : variant.targets) {
            assertEquals(List.of(), target.verdict().orElseThrow().good().problems());
        }
        if (type == Plain.Type.F32) {
            assertArrayEquals(original(TINY).logits, variant.logits);
            assertSameBytes(original(TINY).planes("gguf"), variant.planes("gguf"));
            assertSameBytes(original(TINY).planes("onnx"), variant.planes("onnx"));
        }
        Set<String> types =
                Set.copyOf(
                        variant.plan("mlx").tensors().stream()
                                .map(t -> t.planes().getLast().type())
                                .toList());
        // The decay keeps its own type, which here is the one of all.
        assertEquals(Set.of(type.name()), types);
    }

    @Test
    void aHeadOfItsOwnIsWrittenBesideTheEmbedding(@TempDir Path folder) {
        Converted variant =
                convert(
                        CheckpointWriter.of(TINY).untied().write(folder.resolve("model"), 2),
                        folder.resolve("out"),
                        Depth.FULL);
        assertFaithful(variant);
        // It holds the embedding's numbers, so nothing else may change.
        assertArrayEquals(original(TINY).logits, variant.logits);
        for (TargetResult target : variant.targets) {
            assertEquals(List.of(), target.verdict().orElseThrow().good().problems());
            assertEquals(
                    isTower(target.plan()) ? 0 : 1,
                    target.plan().tensors().stream()
                            .filter(t -> t.source().equals("lm_head.weight"))
                            .count());
        }
        Map<String, byte[]> gguf = variant.planes("gguf");
        assertTrue(gguf.containsKey("output.weight Q6_K"));
        assertTrue(gguf.containsKey("token_embd.weight Q4_K"));
        assertArrayEquals(
                original(TINY).planes("gguf").get("token_embd.weight Q6_K"),
                gguf.get("output.weight Q6_K"));
    }

    /** Three value heads a key head. */
    private static RandomCheckpoint odd(int hidden, int intermediate) {
        return new RandomCheckpoint(TINY)
                .text("hidden_size", hidden)
                .text("intermediate_size", intermediate)
                .text("linear_num_key_heads", 2)
                .text("linear_num_value_heads", 6)
                .text("linear_key_head_dim", 32)
                .text("linear_value_head_dim", 32);
    }

    private static Map<String, String> fallBacks(TargetPlan plan) {
        Map<String, String> all = new TreeMap<>();
        for (TargetTensor t : plan.tensors()) {
            t.fellBackFrom()
                    .ifPresent(from -> all.put(t.name(), from + ">" + t.encoding().label()));
        }
        return all;
    }

    private static void assertReported(Converted converted) {
        JsonNode targets = converted.report.path("outputs").path(0).path("targets");
        for (int i = 0; i < converted.targets.size(); i++) {
            TargetPlan plan = converted.targets.get(i).plan();
            Map<String, String> reported = new TreeMap<>();
            targets.path(i)
                    .path("tensors")
                    .forEach(t -> {
                        if (t.has("fellBackFrom")) {
                            reported.put(
                                    t.path("name").asString(),
                                    t.path("fellBackFrom").asString()
                                            + ">"
                                            + t.path("type").asString());
                        }
                    });
            assertEquals(fallBacks(plan), reported);
            List<String> left = new ArrayList<>();
            targets.path(i).path("leftOut").forEach(l -> left.add(l.path("tensor").asString()));
            assertEquals(plan.leftOut().stream().map(LeftOut::tensor).toList(), left);
            boolean tower = isTower(plan) || plan.settings() instanceof TargetSettings.Mlx;
            assertTrue(left.stream().anyMatch(l -> l.startsWith("model.visual.") != tower));
        }
    }

    /** Rows of 320 and 576: no K type, no group of 128, and a last block of ONNX that is half. */
    @Test
    void rowsThatAreNoMultipleOfABlockFallBack(@TempDir Path folder) {
        Converted variant =
                convert(
                        odd(320, 576).write(folder.resolve("model"), 7),
                        folder.resolve("out"),
                        Depth.FULL,
                        128,
                        128);
        assertFaithful(variant);
        assertReported(variant);
        Map<String, String> gguf = fallBacks(variant.plan("gguf"));
        assertEquals("Q4_K>Q5_0", gguf.get("blk.0.ffn_gate.weight"));
        assertEquals("Q6_K>Q8_0", gguf.get("blk.4.ffn_down.weight"));
        // llama.cpp's rule for a head of such rows, not a fallback of it.
        assertTrue(variant.planes("gguf").containsKey("token_embd.weight Q8_0"));
        assertEquals("4-bit g128", label(fallBacks(variant.plan("mlx")), "mlp.gate_proj"));
        assertEquals(Map.of(), fallBacks(variant.plan("onnx")));
    }

    private static String label(Map<String, String> fallBacks, String part) {
        return fallBacks.entrySet().stream()
                .filter(e -> e.getKey().contains(part))
                .map(e ->
                        e.getValue().replaceAll(">.*", "").replaceAll(".*(\\d-bit g\\d+).*", "$1"))
                .distinct()
                .reduce((a, b) -> a + " and " + b)
                .orElse("none");
    }

    /** Rows of 336, which 32 does not divide either. */
    @ParameterizedTest
    @ValueSource(ints = {32, 64, 128})
    void rowsThatFitNoBlockAtAllStayWide(int block, @TempDir Path folder) {
        Converted variant =
                convert(
                        odd(336, 528).write(folder.resolve("model"), 8),
                        folder.resolve("out"),
                        Depth.QUICK,
                        block,
                        block);
        assertFaithful(variant);
        assertReported(variant);
        Map<String, String> gguf = fallBacks(variant.plan("gguf"));
        assertEquals("Q4_K>F16", gguf.get("blk.0.ffn_gate.weight"));
        assertEquals("4-bit g" + block, label(fallBacks(variant.plan("mlx")), "mlp.gate_proj"));
    }
}
