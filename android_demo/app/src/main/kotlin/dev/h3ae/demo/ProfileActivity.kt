package dev.h3ae.demo

import android.content.Intent
import android.os.Bundle
import android.view.WindowManager
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.viewModels
import androidx.compose.runtime.getValue
import androidx.lifecycle.compose.collectAsStateWithLifecycle
import androidx.lifecycle.viewmodel.initializer
import androidx.lifecycle.viewmodel.viewModelFactory
import dev.h3ae.demo.profile.ProfileScreen
import dev.h3ae.demo.profile.ProfileViewModel
import dev.h3ae.demo.ui.DemoTheme

/** What `h3ae-profile android` starts; its extras are those of docs/profiling.md. */
class ProfileActivity : ComponentActivity() {
    private val model: ProfileViewModel by viewModels {
        viewModelFactory { initializer { ProfileViewModel.create(this) } }
    }

    override fun onCreate(savedInstanceState: Bundle?) {
        enableEdgeToEdge()
        super.onCreate(savedInstanceState)
        // A phone that falls asleep slows its processors.
        window.addFlags(WindowManager.LayoutParams.FLAG_KEEP_SCREEN_ON)
        // Made anew by a rotation, the run goes on in the view model.
        if (savedInstanceState == null) model.start(intent) else model.restore()
        setContent {
            DemoTheme {
                val state by model.state.collectAsStateWithLifecycle()
                ProfileScreen(state)
            }
        }
    }

    override fun onNewIntent(intent: Intent) {
        super.onNewIntent(intent)
        model.start(intent)
    }
}
