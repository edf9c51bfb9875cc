package pennyweight.converter.plan;

import java.util.Optional;
import pennyweight.quantizer.encoding.Importance;

/**
 * How the errors of a tensor's columns are weighted, and what there is to say of it.
 *
 * @param remark for the report: {@code weighted}, {@code no entry}; nothing where no importance
 *     matrix is used
 */
public record Weighting(Importance importance, Optional<String> remark) {
    /** No importance matrix is used. */
    public static final Weighting NONE = new Weighting(Importance.NONE, Optional.empty());

    /** The remark of a tensor all of whose columns have a weight. */
    public static final String WEIGHTED = "weighted";

    static Weighting unweighted(String remark) {
        return new Weighting(Importance.NONE, Optional.of(remark));
    }
}
