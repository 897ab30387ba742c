package dev.h3ae.demo.ui

import androidx.compose.runtime.Composable
import androidx.compose.ui.platform.LocalConfiguration
import java.text.NumberFormat

/** Returns the number with so many decimals, as the reader's language writes it. */
@Composable
fun Double.rounded(decimals: Int): String {
    val format = NumberFormat.getNumberInstance(LocalConfiguration.current.locales[0])
    format.minimumFractionDigits = decimals
    format.maximumFractionDigits = decimals
    return format.format(this)
}
