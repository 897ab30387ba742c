package dev.h3ae.bundle

import dev.h3ae.H3aeException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.currentCoroutineContext
import kotlinx.coroutines.ensureActive
import kotlinx.coroutines.runInterruptible

/** Runs [read] on a thread for files; a cancelled read is a cancellation, though a channel calls it a fault. */
internal suspend fun <T> reading(read: () -> T): T =
    try {
        runInterruptible(Dispatchers.IO, read)
    } catch (error: H3aeException) {
        currentCoroutineContext().ensureActive()
        throw error
    }
