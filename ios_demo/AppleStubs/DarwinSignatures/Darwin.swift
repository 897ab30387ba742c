// Follows <mach/task.h>, <mach/task_info.h>, <mach/mach_traps.h> and <sys/sysctl.h> as
// https://developer.apple.com/documentation/kernel/mach has them.

@_exported import Glibc

public typealias integer_t = Int32
public typealias natural_t = UInt32
public typealias kern_return_t = Int32
public typealias mach_port_t = UInt32
public typealias mach_port_name_t = UInt32
public typealias task_name_t = mach_port_t
public typealias task_flavor_t = natural_t
public typealias mach_msg_type_number_t = natural_t
public typealias task_info_t = UnsafeMutablePointer<integer_t>

public let KERN_SUCCESS: Int32 = 0
public let TASK_VM_INFO: Int32 = 22

public struct task_vm_info_data_t {
  public init() { fatalError("signature") }
  public var phys_footprint: UInt64
}

public func task_self_trap() -> mach_port_name_t { fatalError("signature") }

public func task_info(
  _ target_task: task_name_t, _ flavor: task_flavor_t, _ task_info_out: task_info_t!,
  _ task_info_outCnt: UnsafeMutablePointer<mach_msg_type_number_t>!
) -> kern_return_t { fatalError("signature") }

public func sysctlbyname(
  _ name: UnsafePointer<CChar>!, _ oldp: UnsafeMutableRawPointer!,
  _ oldlenp: UnsafeMutablePointer<Int>!, _ newp: UnsafeMutableRawPointer!, _ newlen: Int
) -> Int32 { fatalError("signature") }
