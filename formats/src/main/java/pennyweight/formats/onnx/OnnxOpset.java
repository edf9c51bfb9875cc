package pennyweight.formats.onnx;

/** OperatorSetIdProto: the version of a domain's operators; the domain "" is ONNX's own. */
public record OnnxOpset(String domain, long version) {}
