using System.Diagnostics;

namespace Pawl.Changes;

/// <summary>Folders of Pawl's own, in which others have worked.</summary>
internal static class WorkFolder
{
    /// <summary>
    /// Takes a folder away with all that is in it, whatever was left there: links are not followed, and what denies access is opened first.
    /// </summary>
    public static void Delete(string folder)
    {
        var info = new DirectoryInfo(folder);
        if (info.LinkTarget is not null)
        {
            info.Delete();
            return;
        }

        if (!info.Exists) return;
        try
        {
            // Thousands of files take their time: each core takes folders away.
            Parallel.ForEach(info.EnumerateDirectories().Where(inner => inner.LinkTarget is null).SelectMany(inner => inner.EnumerateDirectories()).Where(inner => inner.LinkTarget is null), inner => inner.Delete(recursive: true));
            info.Delete(recursive: true);
        }
        catch (Exception e) when (e is AggregateException or UnauthorizedAccessException or IOException or ArgumentException && !OperatingSystem.IsWindows())
        {
            TryOpen(info);
            Remove(folder);
        }
    }

    // .NET cannot name a file whose name is not UTF-8, so it cannot delete it either.
    private static void Remove(string folder)
    {
        using var process = Process.Start("rm", ["-rf", "--", folder]);
        process.WaitForExit();
        if (Directory.Exists(folder)) throw new IOException($"The folder {folder} cannot be taken away.");
    }

    private static void TryOpen(DirectoryInfo folder)
    {
        try
        {
            Open(folder);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // Names too deep for .NET; rm goes down step by step.
        }
    }

    private static void Open(DirectoryInfo folder)
    {
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(folder.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var inner in folder.EnumerateDirectories().Where(inner => inner.LinkTarget is null)) Open(inner);
    }
}
