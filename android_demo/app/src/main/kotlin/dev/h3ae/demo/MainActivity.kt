package dev.h3ae.demo

import android.os.Bundle
import androidx.activity.ComponentActivity
import androidx.activity.compose.setContent
import androidx.activity.enableEdgeToEdge
import androidx.activity.viewModels
import androidx.lifecycle.viewmodel.initializer
import androidx.lifecycle.viewmodel.viewModelFactory
import dev.h3ae.demo.benchmark.BenchmarkViewModel
import dev.h3ae.demo.clip.ClipViewModel
import dev.h3ae.demo.ui.DemoApp
import dev.h3ae.demo.ui.DemoTheme

class MainActivity : ComponentActivity() {
    private val clip: ClipViewModel by viewModels { viewModelFactory { initializer { ClipViewModel.create(this) } } }
    private val benchmark: BenchmarkViewModel by viewModels {
        viewModelFactory { initializer { BenchmarkViewModel.create(this) } }
    }

    override fun onCreate(savedInstanceState: Bundle?) {
        enableEdgeToEdge()
        super.onCreate(savedInstanceState)
        setContent { DemoTheme { DemoApp(clip, benchmark) } }
    }
}
