using System.Runtime.InteropServices;
using System.Text;

namespace Pawl.Changes.Sandboxes;

/// <summary>What Linux tells of a file, and .NET does not.</summary>
/// <param name="Names">How many names it has; none where it was unlinked and is still open.</param>
/// <param name="Owner">The id of its user.</param>
/// <param name="IsRegular">Whether it is a regular file.</param>
/// <param name="Place">What tells it from all others: its device and its number there.</param>
/// <param name="Bytes">How much of the disk it takes up.</param>
internal readonly record struct FileFacts(uint Names, uint Owner, bool IsRegular, (ulong Device, ulong Number) Place, long Bytes)
{
    private const int FromCurrentFolder = -100;
    private const int NotThroughLink = 0x100;
    private const uint BasicStats = 0x7ff;
    private const int StatxBytes = 256, BlockBytes = 512;
    private const int FileKind = 0xf000, RegularFile = 0x8000;

    /// <summary>The facts of a file; null where there is none, or it may not be asked for.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="followsLink">Whether a link stands for what it leads to.</param>
    public static FileFacts? Of(string path, bool followsLink)
    {
        if (!OperatingSystem.IsLinux()) return null;
        // This structure is the same on all processors.
        var facts = new byte[StatxBytes];
        if (Statx(FromCurrentFolder, Encoding.UTF8.GetBytes(path + "\0"), followsLink ? 0 : NotThroughLink, BasicStats, facts) != 0) return null;
        return new FileFacts(
            BitConverter.ToUInt32(facts, 16), BitConverter.ToUInt32(facts, 20), (BitConverter.ToUInt16(facts, 28) & FileKind) == RegularFile,
            (BitConverter.ToUInt64(facts, 136), BitConverter.ToUInt64(facts, 32)), BitConverter.ToInt64(facts, 48) * BlockBytes);
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int folder, byte[] path, int flags, uint mask, byte[] facts);
}
