using System.Diagnostics;
using Xunit;

namespace Pawl.EndToEnd;

/// <summary>A small file system in memory, mounted for one test. Mounting takes root; elsewhere the test says that it is skipped.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    public static async Task<SmallDisk> MountAsync(string path, string options)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Mounting a small file system takes root on Linux.");
        Directory.CreateDirectory(path);
        var refused = await MountAsync(["-t", "tmpfs", "-o", options, "tmpfs", path]);
        Assert.SkipWhen(refused is not null, $"This machine does not let root mount a file system: {refused}");
        return new SmallDisk(path);
    }

    /// <summary>Writes a file until nothing more goes onto the disk.</summary>
    public static void Fill(string ballast)
    {
        using var file = new FileStream(ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var page = new byte[4096];
        try
        {
            while (true) file.Write(page);
        }
        catch (IOException)
        {
            // That is what was wanted.
        }
    }

    public async Task RemountAsync(string options) => Assert.Null(await MountAsync(["-o", "remount," + options, Path]));

    public void Dispose()
    {
        using var process = Process.Start("umount", ["-l", Path]);
        process.WaitForExit();
    }

    private static async Task<string?> MountAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("mount", arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? null : error.Trim();
    }
}
