package satchel

/**
 * Returns what [act] returns. A card may ask for an image of a gibibyte, which few devices have.
 *
 * @throws EngineException if memory does not hold [what]
 */
internal inline fun <T> withinMemory(what: String, act: () -> T): T = try {
    act()
} catch (error: OutOfMemoryError) {
    val remedy = "close what is open, or use a smaller model"
    throw EngineException("memory for $what", "too little", remedy, error)
}
