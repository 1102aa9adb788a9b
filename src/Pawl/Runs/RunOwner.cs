using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;

namespace Pawl.Runs;

/// <summary>
/// A process that records runs. While it lives its runs are its alone; once it is dead, another process may take them over.
/// </summary>
/// <param name="Id">Drawn at random when the process begins to record.</param>
/// <param name="Host">The machine's name, and on Linux the process namespace, because containers share the rest.</param>
/// <param name="Boot">The machine's boot; empty where the system does not tell.</param>
/// <param name="ProcessId">The process id on that host.</param>
/// <param name="ProcessStart">When that process started, in the system's own unit: a process id may be used again.</param>
public sealed record RunOwner(string Id, string Host, string Boot, int ProcessId, long ProcessStart)
{
    /// <summary>How often a living owner says that it lives.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(5);

    /// <summary>After this long without a word an owner counts as dead, wherever it is.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(30);

    /// <summary>This process, under a new owner id.</summary>
    public static RunOwner ThisProcess() => new(
        Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)), ThisHost, ThisBoot, Environment.ProcessId, StartOf(Environment.ProcessId) ?? 0);

    /// <summary>Whether the owner still lives, as seen from this process.</summary>
    /// <param name="lastWord">When it last said so.</param>
    /// <param name="now">The time now.</param>
    public bool IsAlive(DateTimeOffset lastWord, DateTimeOffset now)
    {
        if (Host == ThisHost && Boot.Length > 0 && ThisBoot.Length > 0 && (Boot != ThisBoot || StartOf(ProcessId) != ProcessStart)) return false;
        return now - lastWord < DeadAfter;
    }

    private static readonly string ThisHost = Environment.MachineName + (OperatingSystem.IsLinux() ? "/" + new FileInfo("/proc/self/ns/pid").LinkTarget : "");

    private static readonly string ThisBoot = OperatingSystem.IsLinux() ? ReadOrEmpty("/proc/sys/kernel/random/boot_id").Trim() : "host";

    private static long? StartOf(int processId)
    {
        if (OperatingSystem.IsLinux())
        {
            // proc(5): field 22, counted after the command's name, which may itself hold blanks and brackets. A zombie is dead.
            var stat = ReadOrEmpty(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/stat"));
            var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return fields.Length > 19 && fields[0] is not ("Z" or "X") ? long.Parse(fields[19], CultureInfo.InvariantCulture) : null;
        }

        try
        {
            using var process = Process.GetProcessById(processId);
            return process.StartTime.ToUniversalTime().Ticks;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string ReadOrEmpty(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
