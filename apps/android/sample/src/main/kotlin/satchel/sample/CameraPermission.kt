package satchel.sample

import android.Manifest
import android.app.Activity
import android.content.pm.PackageManager

private const val ASKED = 7

/** Runs [act] if the camera is allowed, and asks for it otherwise. */
internal fun Activity.withCamera(act: () -> Unit) {
    if (checkSelfPermission(Manifest.permission.CAMERA) == PackageManager.PERMISSION_GRANTED) {
        act()
    } else {
        requestPermissions(arrayOf(Manifest.permission.CAMERA), ASKED)
    }
}

/** Runs [act] if the user allowed the camera, and says otherwise what is missing. */
internal fun Activity.onCameraAnswer(given: IntArray, act: () -> Unit, say: (String) -> Unit) {
    if (given.firstOrNull() == PackageManager.PERMISSION_GRANTED) {
        act()
    } else {
        say(getString(R.string.camera_refused))
    }
}
