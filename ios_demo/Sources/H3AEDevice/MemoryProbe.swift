#if canImport(Darwin) || canImport(DarwinSignatures)
  import Foundation

  #if canImport(DarwinSignatures)
    import DarwinSignatures
  #endif

  /// Memory of this process, as the system counts it when it decides whom to end.
  public enum MemoryProbe {
    /// `phys_footprint` in bytes; nil if the kernel does not tell.
    public static func footprint() -> Int? {
      var information = task_vm_info_data_t()
      var count = mach_msg_type_number_t(
        MemoryLayout<task_vm_info_data_t>.size / MemoryLayout<natural_t>.size)
      let capacity = Int(count)
      let status = withUnsafeMutablePointer(to: &information) { pointer in
        pointer.withMemoryRebound(to: integer_t.self, capacity: capacity) {
          task_info(ownTask, task_flavor_t(TASK_VM_INFO), $0, &count)
        }
      }
      return status == KERN_SUCCESS ? Int(information.phys_footprint) : nil
    }

    // Asked once: every call adds a reference to the port. The variable that C code uses,
    // `mach_task_self_`, is shared mutable state to Swift.
    private static let ownTask = task_self_trap()
  }
#endif
