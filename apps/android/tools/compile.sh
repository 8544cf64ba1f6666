# Functions that compile and run Kotlin. Sourced by the scripts beside it.

TOOLS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
LIB=$TOOLS/node_modules/kotlin-compiler/lib
STDLIB=$LIB/kotlin-stdlib.jar
COROUTINES=$LIB/kotlinx-coroutines-core-jvm.jar
DEBIAN_JAVA=/usr/share/java

# Debian's older packages, unpacked: the classes of Android 6 (API level 23), and dx.
OLD=$TOOLS/build/bullseye
ANDROID_JAR=$OLD/usr/share/java/com.android.android-23.jar
DX_JAR=$OLD/usr/share/java/com.android.dx-10.0.0.jar

# The official ONNX Runtime: as npm brings it, and for Android unpacked: classes.jar, jni/ABI.
ONNXRUNTIME_PACKAGE=$TOOLS/onnxruntime/node_modules/com.github.asus4.onnxruntime/Plugins
ONNXRUNTIME=$TOOLS/build/onnxruntime

# JUnit 5 as Debian packages it.
JUNIT=$(printf "$DEBIAN_JAVA/%s.jar:" junit-jupiter-api junit-jupiter-engine junit-platform-commons \
    junit-platform-engine junit-platform-launcher junit-platform-console junit-platform-reporting \
    opentest4j apiguardian-api picocli)

# Prints the home of a JDK of at least the version $1: JAVA_HOME, or one of the system's.
jdk() {
    local home version
    for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
        [ -x "$home/bin/java" ] && [ -e "$home/release" ] || continue
        version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
        [ "${version:-0}" -ge "$1" ] && echo "$home" && return
    done
    return 1
}

# Calls the compiler; the arguments are its own. Warnings are errors.
kotlinc() {
    "$(jdk 17)/bin/java" -Xmx1g -cp "$(printf "$LIB/%s.jar:" kotlin-compiler kotlin-stdlib \
        kotlin-script-runtime kotlin-reflect kotlin-daemon-client annotations-13.0 \
        kotlinx-coroutines-core-jvm)" org.jetbrains.kotlin.cli.jvm.K2JVMCompiler \
        -kotlin-home "$LIB/.." -no-reflect -Werror -progressive "$@"
}

# Runs the JUnit tests in the folder $1 with the JDK $2 and the classes $3; further arguments are
# options of Java.
junit() {
    local tests=$1 home=$2 classes=$3
    shift 3
    "$home/bin/java" -Xmx1g "$@" -cp "$tests:$classes:$STDLIB:$JUNIT" \
        org.junit.platform.console.ConsoleLauncher --disable-banner --disable-ansi-colors \
        --details=summary --fail-if-no-tests --scan-classpath "$tests"
}

# Compiles the Kotlin of the folder $1 for Android 6 and later into the folder $2, with the classes
# $3 beside Android's and Kotlin's. Its module gets the name of the target.
kotlinc_android() {
    kotlinc -no-jdk -no-stdlib -jvm-target 1.8 -Xexplicit-api=strict \
        -module-name "$(basename "$2")" -cp "$STDLIB:$ANDROID_JAR:$3" -d "$2" "$1"
}
