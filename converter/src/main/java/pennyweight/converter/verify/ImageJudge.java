package pennyweight.converter.verify;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import pennyweight.converter.model.ConfigFields;
import pennyweight.converter.model.Role;
import pennyweight.converter.model.Scope;
import pennyweight.converter.model.qwen35.VisionTower;
import pennyweight.converter.reference.ForwardPass;
import pennyweight.converter.reference.Image;
import pennyweight.converter.reference.ImageTokens;
import pennyweight.converter.reference.LanguageModel;
import pennyweight.converter.reference.Logits;
import pennyweight.converter.reference.Prompt;
import pennyweight.converter.reference.Tokens;
import pennyweight.converter.reference.VisionModel;
import pennyweight.converter.reference.VisionPass;
import pennyweight.converter.source.Checkpoint;
import pennyweight.converter.source.EncodedTensor;
import pennyweight.converter.target.OpenedFile;

/**
 * Judges what files make of an image. The source's tower is run once, for all of them, and only
 * when the first is judged.
 */
final class ImageJudge {
    /**
     * Relative RMSE allowed of embeddings between the file and its plan: another order of sums is
     * worth 1.1e-6 at 2 blocks, an exchanged activation 1.6e-4.
     */
    static final double FAITHFUL_EMBEDDING = 2e-5;

    /** Most tokens of text before the image. */
    private static final int TEXT_BEFORE = 8;

    /** Most tokens of text after it. */
    private static final int TEXT_AFTER = 16;

    private final Checkpoint source;
    private final VisionTower tower;
    private final Image image;
    private final int[] text;
    private final int jobs;
    private final Stages stages;
    private @Nullable ImageTokens sourceTokens;
    private @Nullable Logits sourceLogits;

    /**
     * @param text tokens to put around the image, at least 2
     */
    ImageJudge(Checkpoint source, VisionTower tower, int[] text, int jobs, Stages stages) {
        this.source = source;
        this.tower = tower;
        this.image = TestImage.of(tower);
        this.text = text.clone();
        this.jobs = jobs;
        this.stages = stages;
    }

    /** What a file's tower makes of the image, and its decoder, if it has one, of that. */
    Seen run(OpenedFile file, VisionModel vision, Optional<LanguageModel> decoder) {
        ImageTokens tokens =
                stages.run("run the vision tower of " + file.format(), () -> vision.embed(image));
        return new Seen(
                tokens,
                decoder.map(d ->
                        stages.run(
                                "run " + file.format() + " on an image",
                                () -> d.begin().prefill(prompt(tokens)))));
    }

    private Prompt prompt(ImageTokens tokens) {
        // The defaults are those of transformers' configuration_qwen3_5.py.
        int pad = token("image_token_id", 248_056);
        int start = token("vision_start_token_id", 248_053);
        int end = token("vision_end_token_id", 248_054);
        int before = Math.min(TEXT_BEFORE, text.length / 2);
        int after = Math.min(TEXT_AFTER, text.length - before);
        int[] ids = new int[before + tokens.grid().tokens() + 2 + after];
        Arrays.fill(ids, pad);
        System.arraycopy(text, 0, ids, 0, before);
        ids[before] = start;
        ids[ids.length - after - 1] = end;
        System.arraycopy(text, before, ids, ids.length - after, after);
        return new Prompt(new Tokens(ids), pad, List.of(tokens));
    }

    private int token(String field, int absent) {
        ConfigFields config =
                ConfigFields.of(source.folder().configFile(), source.folder().config());
        int id = config.count(field, absent);
        if (id >= source.model().vocabulary()) {
            throw config.bad(
                    field,
                    "is "
                            + id
                            + ", where the embedding has "
                            + source.model().vocabulary()
                            + " rows");
        }
        return id;
    }

    private ImageTokens sourceTokens() {
        ImageTokens known = sourceTokens;
        if (known == null) {
            try (VisionPass pass = new VisionPass(tower, source.weights(tower), jobs)) {
                known = stages.run("run the source's vision tower", () -> pass.embed(image));
            }
            sourceTokens = known;
        }
        return known;
    }

    private Logits sourceLogits(ForwardPass sourcePass) {
        Logits known = sourceLogits;
        if (known == null) {
            Prompt prompt = prompt(sourceTokens());
            known =
                    stages.run(
                            "run the source on an image", () -> sourcePass.begin().prefill(prompt));
            sourceLogits = known;
        }
        return known;
    }

    /** Compares with the plan, and adds what is too far off to {@code problems}. */
    Faithful.Seen faithful(
            Seen written, VisionPass planned, ForwardPass decoder, List<String> problems) {
        ImageTokens tokens = stages.run("run the planned vision tower", () -> planned.embed(image));
        double difference = relativeRmse(tokens, written.tokens());
        // Written so that NaN fails.
        if (!(difference <= FAITHFUL_EMBEDDING)) {
            problems.add(
                    String.format(
                            Locale.ROOT,
                            "makes something else of an image than its plan: relative RMSE %.3g, above %.0e",
                            difference,
                            FAITHFUL_EMBEDDING));
        }
        return new Faithful.Seen(
                difference,
                written.logits()
                        .filter(logits -> logits.vocabulary() == source.model().vocabulary())
                        .map(logits -> {
                            Logits promised =
                                    stages.run(
                                            "run the plan on an image",
                                            () -> decoder.begin().prefill(prompt(tokens)));
                            Faithful.Computed computed =
                                    Faithful.Computed.of(
                                            Divergence.between(
                                                    promised, logits, nothing(logits.tokens())));
                            problems.addAll(computed.problems("after an image: "));
                            return computed;
                        }));
    }

    /** Compares with the source, and adds what is above the limits to {@code problems}. */
    ImageError good(
            OpenedFile file,
            Seen written,
            ForwardPass sourcePass,
            Limits limits,
            List<String> problems) {
        double error = relativeRmse(sourceTokens(), written.tokens());
        double limit = Limits.imageError(bits(file));
        if (!(error <= limit)) {
            problems.add(
                    String.format(
                            Locale.ROOT,
                            "embeddings of an image: relative RMSE %.4f, above %.4f for %d bits",
                            error,
                            limit,
                            bits(file)));
        }
        Optional<ImageError.Answer> answer =
                written.logits()
                        .filter(logits -> logits.vocabulary() == source.model().vocabulary())
                        .map(logits -> answer(logits, sourcePass, limits, problems));
        return new ImageError(written.tokens().grid().tokens(), error, limit, answer);
    }

    private ImageError.Answer answer(
            Logits written, ForwardPass sourcePass, Limits limits, List<String> problems) {
        Divergence all =
                Divergence.between(sourceLogits(sourcePass), written, nothing(written.tokens()));
        int tokens = written.tokens();
        int before = Math.min(TEXT_BEFORE, text.length / 2);
        int first = before + image.grid().tokens();
        Divergence after = new Divergence(all.tokens().subList(first, tokens));
        if (!(after.meanKl() <= limits.meanDivergence())) {
            problems.add(
                    String.format(
                            Locale.ROOT,
                            "mean KL divergence after an image %.4f, above %.4f",
                            after.meanKl(),
                            limits.meanDivergence()));
        }
        return new ImageError.Answer(tokens - first, after.meanKl(), after.topAgreement());
    }

    /** No token's likelihood is asked for. */
    private static int[] nothing(int tokens) {
        int[] none = new int[tokens];
        Arrays.fill(none, -1);
        return none;
    }

    private static double relativeRmse(ImageTokens reference, ImageTokens found) {
        float[] a = reference.embeddings().values();
        float[] b = found.embeddings().values();
        if (a.length != b.length) {
            return Double.NaN;
        }
        double error = 0;
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            double d = (double) a[i] - b[i];
            error += d * d;
            squares += (double) a[i] * a[i];
        }
        return Math.sqrt(error / squares);
    }

    /** The fewest bits of one of the tower's matrices. */
    private static int bits(OpenedFile file) {
        List<Integer> bits = new ArrayList<>();
        for (Role role : file.roles()) {
            EncodedTensor tensor = file.tensor(role);
            if (role.scope() == Scope.VISION && tensor.rows() > 1) {
                bits.add(tensor.encoding().precision());
            }
        }
        return bits.stream().mapToInt(Integer::intValue).min().orElse(0);
    }
}
