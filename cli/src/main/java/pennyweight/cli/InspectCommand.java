package pennyweight.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import pennyweight.cli.inspect.Inspection;
import pennyweight.cli.inspect.InspectionJson;
import pennyweight.cli.inspect.Inspector;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inspect}: what is in a file or folder. */
@Command(
        name = "inspect",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        description = {
            "Shows what is in a file or folder of any architecture.",
            "Tensors, types, shapes, bytes and metadata of a checkpoint folder, a .safetensors or .gguf",
            "file, an MLX folder, or a .onnx file. No numbers are read. Any file of a split GGUF model",
            "shows all of it; an importance matrix shows its entries.",
            ""
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  pennyweight inspect Qwen3.5-0.8B",
            "  pennyweight inspect model-Q4_K_M.gguf",
            "  pennyweight inspect onnx/model.onnx --json",
            "",
            "JSON (schema pennyweight.inspect/1): path, format, files [name, bytes], elements, bytes,",
            "metadata, tensors [name, type, shape, bytes, file, offset, note], problems."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:it is shown",
            "2:the command line is wrong",
            "3:the path is missing, or its header is broken",
            "4:the file is of a version or byte order that is not supported",
            "70:a bug of Pennyweight",
            "130:interrupted (Ctrl-C or TERM)"
        })
final class InspectCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Parameters(
            paramLabel = "PATH",
            description = {
                "Folder of a checkpoint or of an MLX model, a .safetensors, .gguf or .onnx",
                "file, or an importance matrix."
            })
    private Path path = Path.of("");

    @Option(names = "--json", description = "Print JSON on stdout.")
    private boolean json;

    @Override
    public Integer call() {
        Inspection inspection = Inspector.inspect(path);
        PrintWriter stdout = spec.commandLine().getOut();
        stdout.print(
                json ? InspectionJson.of(inspection) : new InspectionText(inspection).toString());
        return Exit.GOOD;
    }
}
