import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.FieldVisitor;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Brings the classes of a JAR to the version of Java 8, which ProGuard 6 and dx read. Classes of
 * one nest may use each other's private members from Java 11 on: these members become visible in
 * their package, and the methods final, so that nothing overrides what was private.
 *
 *     java -cp asm.jar LowerClasses.java FROM.jar TO.jar
 */
class LowerClasses {
    public static void main(String[] arguments) throws IOException {
        try (ZipFile from = new ZipFile(arguments[0]);
                ZipOutputStream to =
                        new ZipOutputStream(Files.newOutputStream(Path.of(arguments[1])))) {
            for (ZipEntry entry : Collections.list(from.entries())) {
                if (!entry.getName().endsWith(".class")) continue;
                to.putNextEntry(new ZipEntry(entry.getName()));
                to.write(lowered(from.getInputStream(entry).readAllBytes()));
            }
        }
    }

    private static byte[] lowered(byte[] content) {
        ClassWriter writer = new ClassWriter(0);
        new ClassReader(content).accept(new Lowering(writer), 0);
        return writer.toByteArray();
    }

    private static final class Lowering extends ClassVisitor {
        Lowering(ClassVisitor next) {
            super(Opcodes.ASM9, next);
        }

        @Override
        public void visit(
                int version,
                int access,
                String name,
                String signature,
                String parent,
                String[] interfaces) {
            int lowered = Math.min(version, Opcodes.V1_8);
            super.visit(lowered, access, name, signature, parent, interfaces);
        }

        @Override
        public void visitNestHost(String host) {}

        @Override
        public void visitNestMember(String member) {}

        @Override
        public FieldVisitor visitField(
                int access, String name, String descriptor, String signature, Object value) {
            int visible = access & ~Opcodes.ACC_PRIVATE;
            return super.visitField(visible, name, descriptor, signature, value);
        }

        @Override
        public MethodVisitor visitMethod(
                int access, String name, String descriptor, String signature, String[] exceptions) {
            boolean isPrivate = (access & Opcodes.ACC_PRIVATE) != 0;
            // ProGuard and the verifier of Java 8 want the method of a lambda as it was.
            if (isPrivate && !name.startsWith("lambda$")) {
                access &= ~Opcodes.ACC_PRIVATE;
                if (!name.equals("<init>")) access |= Opcodes.ACC_FINAL;
            }
            return super.visitMethod(access, name, descriptor, signature, exceptions);
        }
    }
}
