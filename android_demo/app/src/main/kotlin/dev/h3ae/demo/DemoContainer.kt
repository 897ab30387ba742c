package dev.h3ae.demo

import android.app.Application
import android.content.Context
import androidx.lifecycle.ViewModelProvider
import androidx.lifecycle.viewmodel.CreationExtras
import dev.h3ae.H3aeException
import dev.h3ae.android.AssetBundles
import dev.h3ae.android.device.SystemMemory
import dev.h3ae.android.device.Thermal
import dev.h3ae.android.engines
import dev.h3ae.bundle.Bundle
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.Job
import kotlinx.coroutines.SupervisorJob
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.launch
import java.io.IOException

/** What the screens share; lives as long as the process. */
class DemoContainer(
    val context: Context,
    private val find: suspend (progress: (Int) -> Unit) -> Bundle?,
) {
    private val scope = CoroutineScope(SupervisorJob() + Dispatchers.Default)
    private val mutable = MutableStateFlow<ModelState>(ModelState.Loading)
    private var opening: Job? = null

    val memory = SystemMemory(context)
    val thermal = Thermal(context)
    val decoders = Decoders(engines(context, context.getString(R.string.executorch_version)), memory)

    /** The model that came with the app. */
    val model: StateFlow<ModelState> = mutable.asStateFlow()

    init {
        reopen()
    }

    /** Looks for the model again, after a failure. */
    fun reopen() {
        opening?.cancel()
        mutable.value = ModelState.Loading
        opening = scope.launch { mutable.value = open() }
    }

    private suspend fun open(): ModelState =
        try {
            val bundle = find { mutable.value = ModelState.Installing(it) }
            if (bundle == null) ModelState.Missing else ModelState.Ready(Model(bundle))
        } catch (error: H3aeException) {
            ModelState.Broken(Problem.of(error))
        } catch (error: IOException) {
            ModelState.Broken(Problem.of(error))
        }
}

/** The app's process. */
open class DemoApplication : Application() {
    val container: DemoContainer by lazy { DemoContainer(this, ::findBundle) }

    /** Unpacks the bundle in the app's assets, unless that was done before. */
    protected open suspend fun findBundle(progress: (Int) -> Unit): Bundle? = AssetBundles(this).installed(progress)
}

/** What the creators of view models find in their extras. */
fun CreationExtras.container(): DemoContainer {
    val application = checkNotNull(this[ViewModelProvider.AndroidViewModelFactory.APPLICATION_KEY])
    return (application as DemoApplication).container
}
