using System.ComponentModel;
using System.Diagnostics;

namespace Pawl.Changes.Sandboxes;

/// <summary>
/// A started process. The thread that starts it lives as long as the process does: the kernel kills the process when its parent
/// <em>thread</em> ends, and a thread of the pool may end long before Pawl.
/// </summary>
internal sealed class ContainedProcess : IDisposable
{
    private readonly Process _process;

    private ContainedProcess(Process process, Task exited)
    {
        _process = process;
        Exited = exited;
        Root = ProcessTable.Find(process.Id) ?? new ProcessEntry(process.Id, 'X', 0, 0, 0);
    }

    /// <summary>Completes when the process has ended, whatever it left behind.</summary>
    public Task Exited { get; }

    /// <summary>The process itself, as it stood when it was started.</summary>
    public ProcessEntry Root { get; }

    public Stream Input => _process.StandardInput.BaseStream;

    public Stream Output => _process.StandardOutput.BaseStream;

    public Stream Error => _process.StandardError.BaseStream;

    /// <summary>The exit code; 128 + n after signal n. Only once it has ended.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Starts a program with exactly these variables as its environment.</summary>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    public static Task<ContainedProcess> StartAsync(IReadOnlyList<string> line, IReadOnlyDictionary<string, string> variables, string folder)
    {
        var info = new ProcessStartInfo(line[0], line.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        info.Environment.Clear();
        foreach (var (name, value) in variables) info.Environment[name] = value;
        var started = new TaskCompletionSource<ContainedProcess>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Run(info, started)) { IsBackground = true, Name = "sandboxed command" }.Start();
        return started.Task;
    }

    /// <summary>Ends it and what it started, where there is no /proc to find them by.</summary>
    public void KillTree()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }

    public void Dispose() => _process.Dispose();

    private static void Run(ProcessStartInfo info, TaskCompletionSource<ContainedProcess> started)
    {
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = info };
        try
        {
            process.Start();
            started.SetResult(new ContainedProcess(process, exited.Task));
        }
        catch (Exception e)
        {
            process.Dispose();
            started.SetException(e);
            return;
        }

        process.WaitForExit();
        exited.SetResult();
    }
}
