package dev.h3ae.demo.ui

import androidx.compose.foundation.isSystemInDarkTheme
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.darkColorScheme
import androidx.compose.material3.lightColorScheme
import androidx.compose.runtime.Composable
import androidx.compose.ui.graphics.Color

private val light =
    lightColorScheme(
        primary = Color(0xFF0E6478),
        onPrimary = Color.White,
        primaryContainer = Color(0xFFC3EAF4),
        onPrimaryContainer = Color(0xFF04242D),
        secondary = Color(0xFF3D5A63),
        secondaryContainer = Color(0xFFD5E5EA),
        onSecondaryContainer = Color(0xFF10242B),
        background = Color(0xFFF7FAFB),
        onBackground = Color(0xFF171D1F),
        surface = Color(0xFFF7FAFB),
        onSurface = Color(0xFF171D1F),
        surfaceVariant = Color(0xFFDCE4E7),
        onSurfaceVariant = Color(0xFF40484B),
        outline = Color(0xFF70787B),
        outlineVariant = Color(0xFFBFC8CB),
        surfaceContainer = Color(0xFFECF1F3),
        surfaceContainerHighest = Color(0xFFE0E7E9),
    )

private val dark =
    darkColorScheme(
        primary = Color(0xFF87D1E4),
        onPrimary = Color(0xFF00363F),
        primaryContainer = Color(0xFF0B4D5D),
        onPrimaryContainer = Color(0xFFC3EAF4),
        secondary = Color(0xFFB2CBD2),
        secondaryContainer = Color(0xFF33464C),
        onSecondaryContainer = Color(0xFFD5E5EA),
        background = Color(0xFF0F1416),
        onBackground = Color(0xFFDEE3E5),
        surface = Color(0xFF0F1416),
        onSurface = Color(0xFFDEE3E5),
        surfaceVariant = Color(0xFF40484B),
        onSurfaceVariant = Color(0xFFBFC8CB),
        outline = Color(0xFF8A9295),
        outlineVariant = Color(0xFF40484B),
        surfaceContainer = Color(0xFF1B2123),
        surfaceContainerHighest = Color(0xFF303638),
    )

@Composable
fun DemoTheme(content: @Composable () -> Unit) {
    MaterialTheme(colorScheme = if (isSystemInDarkTheme()) dark else light, content = content)
}
