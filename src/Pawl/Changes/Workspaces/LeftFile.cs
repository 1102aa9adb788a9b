namespace Pawl.Changes.Workspaces;

/// <summary>
/// Files left by somebody who may want to harm whoever reads them: links are not followed, pipes and devices not opened, and no more is read than was asked for.
/// </summary>
internal static class LeftFile
{
    /// <summary>A file's first bytes; null where there is no ordinary file, nothing in it, or it cannot be read.</summary>
    public static byte[]? Read(string path, int bytesMax)
    {
        try
        {
            var file = new FileInfo(path);
            // A pipe, a socket or a device has no length, and to open one may take for ever.
            if (!file.Exists || file.LinkTarget is not null || file.Length == 0) return null;
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var content = new byte[Math.Min(bytesMax, file.Length)];
            return content[..stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }
}
