using System.ComponentModel;
using System.Diagnostics;

namespace Pawl.Changes;

/// <summary>Folders of Pawl's own, in which others have worked.</summary>
internal static class WorkFolder
{
    /// <summary>
    /// Takes a folder away with all that is in it, whatever was left there: links are not followed, and what denies access is opened first.
    /// </summary>
    /// <returns>Whether nothing is there any more. What root has made immutable, or has mounted, stays: that is no reason to end.</returns>
    public static bool Delete(string folder)
    {
        var info = new DirectoryInfo(folder);
        try
        {
            if (info.LinkTarget is not null) info.Delete();
            else if (info.Exists) DeleteTree(info);
            else if (Path.Exists(folder)) File.Delete(folder);
            return true;
        }
        catch (Exception e) when (e is AggregateException or UnauthorizedAccessException or IOException or ArgumentException && !OperatingSystem.IsWindows())
        {
            Open(folder);
            return Remove(folder);
        }
    }

    /// <summary>An empty folder at this place, or beside it where what stands there cannot be taken away.</summary>
    public static string Fresh(string folder)
    {
        var place = folder;
        for (var number = 2; !Delete(place); number++) place = $"{folder}-{number}";
        return Directory.CreateDirectory(place).FullName;
    }

    /// <summary>What time it is by the clock that stamps files there.</summary>
    public static DateTime Now(string folder)
    {
        using var stamped = new FileStream(Path.Combine(folder, Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        return File.GetLastWriteTimeUtc(stamped.SafeFileHandle);
    }

    /// <summary>Lets its owner into a folder and all below it, as deep as .NET can name them; links are not followed.</summary>
    public static void Open(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        try
        {
            var info = new DirectoryInfo(folder);
            if (info.LinkTarget is not null || !info.Exists) return;
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            foreach (var inner in info.EnumerateDirectories()) Open(inner.FullName);
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            // It is somebody else's, or too deep; rm goes down step by step.
        }
    }

    private static void DeleteTree(DirectoryInfo folder)
    {
        // Thousands of files take their time: each core takes folders away.
        Parallel.ForEach(folder.EnumerateDirectories().Where(inner => inner.LinkTarget is null).SelectMany(inner => inner.EnumerateDirectories()).Where(inner => inner.LinkTarget is null), inner => inner.Delete(recursive: true));
        folder.Delete(recursive: true);
    }

    // .NET cannot name a file whose name is not UTF-8, so it cannot delete it either.
    private static bool Remove(string folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("rm", ["-rf", "--", folder]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
        }
        catch (Win32Exception)
        {
            // There is no rm; what is left is seen below.
        }

        return !Path.Exists(folder);
    }
}
