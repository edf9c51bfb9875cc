package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import pennyweight.converter.Recorded;
import pennyweight.converter.dialect.Conventions;
import pennyweight.converter.model.Role;
import pennyweight.converter.plan.GgufFileType;
import pennyweight.converter.plan.OutputPlan;
import pennyweight.converter.plan.TargetPlan;
import pennyweight.converter.plan.TargetSettings;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.reference.VisionModel;
import pennyweight.converter.run.StagedOutput;
import pennyweight.converter.run.TileRun;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.verify.Depth;
import pennyweight.converter.verify.ImageError;
import pennyweight.converter.verify.Judge;
import pennyweight.converter.verify.Verdict;
import pennyweight.converter.work.Progress;
import pennyweight.formats.gguf.GgufFile;
import pennyweight.formats.gguf.GgufLayout;
import pennyweight.formats.gguf.GgufValue;

/** Of a file with decoder and vision tower the predictions after an image are judged too. */
final class TowerAndDecoderTest {
    @TempDir private Path folder = Path.of("");

    /** The two GGUF files of a model, as one. */
    private record Both(OpenedFile decoder, OpenedFile tower) implements OpenedFile {
        @Override
        public Path path() {
            return decoder.path();
        }

        @Override
        public String format() {
            return decoder.format();
        }

        @Override
        public String label() {
            return decoder.label();
        }

        @Override
        public Optional<TargetSettings> settings() {
            return decoder.settings();
        }

        @Override
        public long bytes() {
            return decoder.bytes() + tower.bytes();
        }

        @Override
        public OpenedTensors tensors() {
            OpenedTensors both = new OpenedTensors();
            for (OpenedFile file : List.of(decoder, tower)) {
                for (Role role : file.roles()) {
                    both.put(role, file.name(role), file.tensor(role));
                }
            }
            return both;
        }

        @Override
        public Conventions conventions() {
            return decoder.conventions();
        }

        @Override
        public List<String> differences(TargetPlan plan) {
            return List.of();
        }

        @Override
        public Optional<LanguageModel> languageModel(int jobs) {
            return decoder.languageModel(jobs);
        }

        @Override
        public Optional<VisionModel> visionModel(int jobs) {
            return tower.visionModel(jobs);
        }

        @Override
        public void close() {
            decoder.close();
            tower.close();
        }
    }

    private List<TargetPlan> write(Checkpoint source) {
        List<TargetPlan> plans =
                List.of(
                        new GgufTarget()
                                .plan(source, new TargetSettings.Gguf(GgufFileType.BF16), "m"),
                        new GgufTarget()
                                .plan(source, new TargetSettings.Mmproj(GgufFileType.BF16), "m"));
        OutputPlan plan = new OutputPlan(folder, plans);
        new TileRun(source, 2, Progress.SILENT).write(List.of(new StagedOutput(plan, folder)));
        return plans;
    }

    private static Verdict judge(Checkpoint source, Path decoder, Path tower) {
        int[] prompt = {480, 1937, 525, 424, 893, 285, 589, 420, 475, 11, 12, 13};
        try (OpenedFile file = new Both(Targets.open(decoder), Targets.open(tower));
                Judge judge = new Judge(source, prompt, Depth.QUICK, 2, Progress.SILENT)) {
            return judge.judge(file, Optional.empty());
        }
    }

    @Test
    void theSectionsOfPositionsShowInWhatFollowsAnImage() throws IOException {
        try (Checkpoint source = Checkpoint.open(Recorded.folder("tiny-qwen35"))) {
            List<TargetPlan> plans = write(source);
            Path decoder = folder.resolve(plans.get(0).main());
            Path tower = folder.resolve(plans.get(1).main());
            Verdict sound = judge(source, decoder, tower);
            assertEquals(List.of(), sound.good().problems());
            ImageError image = sound.good().image().orElseThrow();
            assertEquals(0, image.relativeRmse());
            ImageError.Answer answer = image.answer().orElseThrow();
            // The image's last token, the end of it, and the text after it.
            assertEquals(8, answer.tokens());
            assertEquals(0, answer.meanDivergence(), 1e-9);
            assertEquals(1, answer.topAgreement());

            Verdict edited = judge(source, withOtherSections(decoder), tower);
            double wrong =
                    edited.good().image().orElseThrow().answer().orElseThrow().meanDivergence();
            assertTrue(wrong > 1e-6, "KL divergence " + wrong);
        }
    }

    /** The file again, with all pairs of positions turned by time. */
    private Path withOtherSections(Path path) throws IOException {
        Path copy = folder.resolve("edited.gguf");
        try (GgufFile file = GgufFile.open(path)) {
            SequencedMap<String, GgufValue> keys = new LinkedHashMap<>(file.metadata().values());
            String key = "qwen35.rope.dimension_sections";
            assertTrue(keys.containsKey(key));
            keys.put(key, GgufValue.Numbers.i32(new int[] {8, 0, 0, 0}));
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
}
