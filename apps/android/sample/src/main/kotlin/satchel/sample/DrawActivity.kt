package satchel.sample

import android.content.Context
import android.graphics.Bitmap
import android.graphics.Canvas
import android.graphics.Color
import android.graphics.Paint
import android.view.MotionEvent
import android.view.View
import android.widget.ImageView
import android.widget.LinearLayout
import satchel.android.classify

private const val SIDE = 280
private const val STROKE = 22f

/** Classifies what a finger draws: white on black, as the digits of MNIST are. */
internal class DrawActivity : BundleScreen() {
    override fun show(opened: Opened) {
        val lane = (opened.running as? Running.Images)?.lane ?: return finish()
        val drawing = DrawingView(this) { image ->
            begin { say(described(timed { lane.classify(image, TOP) }, opened)) }
        }
        val side = resources.displayMetrics.widthPixels * 3 / 4
        drawing.contentDescription = getString(R.string.drawing)
        drawing.layoutParams = LinearLayout.LayoutParams(side, side)
        add(drawing)
        button(R.string.clear) {
            drawing.clear()
            say("")
        }
    }
}

/** A square to draw in. [onDrawn] gets a copy after each stroke. */
internal class DrawingView(
    context: Context,
    private val onDrawn: (Bitmap) -> Unit,
) : View(context) {
    private val image = Bitmap.createBitmap(SIDE, SIDE, Bitmap.Config.ARGB_8888)
    private val canvas = Canvas(image)
    private val whole = android.graphics.RectF()
    private val paint = Paint(Paint.ANTI_ALIAS_FLAG).apply {
        color = Color.WHITE
        strokeWidth = STROKE
        strokeCap = Paint.Cap.ROUND
    }
    private var lastX = 0f
    private var lastY = 0f

    init {
        clear()
    }

    fun clear() {
        image.eraseColor(Color.BLACK)
        invalidate()
    }

    override fun onDraw(target: Canvas) {
        whole.set(0f, 0f, width.toFloat(), height.toFloat())
        target.drawBitmap(image, null, whole, null)
    }

    override fun onTouchEvent(event: MotionEvent): Boolean {
        val x = event.x * SIDE / width
        val y = event.y * SIDE / height
        when (event.action) {
            MotionEvent.ACTION_DOWN -> {
                // The column must not scroll under the finger.
                parent.requestDisallowInterceptTouchEvent(true)
                canvas.drawPoint(x, y, paint)
            }
            MotionEvent.ACTION_MOVE -> canvas.drawLine(lastX, lastY, x, y, paint)
            MotionEvent.ACTION_UP -> {
                performClick()
                onDrawn(image.copy(Bitmap.Config.ARGB_8888, false))
            }
        }
        lastX = x
        lastY = y
        invalidate()
        return true
    }
}

/** Returns a view of an image as wide as the screen. */
internal fun imageView(context: Context): ImageView = ImageView(context).apply {
    adjustViewBounds = true
    scaleType = ImageView.ScaleType.FIT_CENTER
}
