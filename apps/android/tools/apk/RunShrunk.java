import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import satchel.Bundle;
import satchel.DecodedImage;
import satchel.EngineProvider;
import satchel.Model;
import satchel.ModelEntry;
import satchel.ModelFormat;
import satchel.ModelKt;
import satchel.SelfTestKt;
import satchel.SelfTestResult;
import satchel.onnx.OnnxAccelerator;
import satchel.onnx.OnnxRuntime;

/**
 * Links every class of the application's shrunk JAR, each of which the JVM verifies, and runs the
 * golden vectors of bundles with these classes.
 *
 *     java -Xverify:all -cp SHRUNK.jar:ANDROID.jar RunShrunk.java SHRUNK.jar FOLDER_OF_BUNDLES
 */
class RunShrunk {
    public static void main(String[] arguments) throws IOException {
        int linked = linkAll(Path.of(arguments[0]));
        int passed = 0;
        Path folder = Path.of(arguments[1]);
        try (DirectoryStream<Path> bundles = Files.newDirectoryStream(folder, "*.satchel")) {
            for (Path bundle : bundles) passed += selfTests(Files.readAllBytes(bundle), bundle);
        }
        if (linked == 0 || passed == 0) {
            throw new AssertionError("Expected classes and models, got none.");
        }
        System.out.printf(
                "%d shrunk classes verified; %d models passed their golden vectors%n",
                linked, passed);
    }

    private static int linkAll(Path jar) throws IOException {
        int count = 0;
        try (ZipFile file = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : Collections.list(file.entries())) {
                if (!entry.getName().endsWith(".class")) continue;
                link(entry.getName().replace('/', '.').replaceAll("\\.class$", ""));
                count++;
            }
        }
        return count;
    }

    /** Verification comes before initialisation, which may need a device. */
    private static void link(String name) {
        try {
            Class.forName(name);
        } catch (VerifyError | ClassFormatError | IncompatibleClassChangeError error) {
            throw new AssertionError("Expected a class that the JVM verifies, got " + name, error);
        } catch (ClassNotFoundException | LinkageError error) {
            // ProGuard was told to ignore what only an optional library of Kotlin or a device has.
            if (name.startsWith("satchel.") && !isOfAndroid(error)) {
                throw new AssertionError(name, error);
            }
        }
    }

    private static boolean isOfAndroid(Throwable error) {
        return String.valueOf(error.getMessage()).contains("android");
    }

    private static int selfTests(byte[] content, Path place) {
        List<EngineProvider> engines = List.of(new OnnxRuntime(OnnxAccelerator.CPU, 1));
        int count = 0;
        try (Bundle bundle = Bundle.Companion.open(content, null)) {
            for (ModelEntry entry : bundle.getCard().getModels()) {
                if (entry.getFormat() != ModelFormat.ONNX) continue;
                try (Model model = ModelKt.openModel(bundle, engines, entry.getFile())) {
                    SelfTestResult result =
                            SelfTestKt.selfTest(bundle, model, RunShrunk::decoded);
                    boolean hasPassed = result instanceof SelfTestResult.Passed;
                    if (!hasPassed || result.getResults().isEmpty()) {
                        throw new AssertionError(place + " " + entry.getFile() + ": " + result);
                    }
                    count++;
                }
            }
        }
        return count;
    }

    /** Decodes a PNG file in sRGB. Java takes grey for linear light: its levels are read. */
    private static DecodedImage decoded(byte[] encoded) {
        BufferedImage image;
        try {
            image = ImageIO.read(new ByteArrayInputStream(encoded));
        } catch (IOException error) {
            throw new AssertionError(error);
        }
        int width = image.getWidth();
        int height = image.getHeight();
        int[] argb = image.getRGB(0, 0, width, height, null, 0, width);
        if (image.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY) {
            int[] levels = image.getRaster().getSamples(0, 0, width, height, 0, (int[]) null);
            for (int at = 0; at < argb.length; at++) {
                argb[at] = 0xff000000 | levels[at] * 0x010101;
            }
        }
        return new DecodedImage(width, height, argb);
    }
}
