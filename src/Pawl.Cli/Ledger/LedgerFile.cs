using System.Text.Encodings.Web;
using System.Text.Json;

namespace Pawl.Cli.Ledger;

/// <summary>Files that are written whole or not at all.</summary>
internal static class LedgerFile
{
    public static async Task WriteAsync(string path, Action<Stream> write, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full)) throw new BadInputException($"{path} is a directory. Name a file with --out.");
        var temporary = $"{full}.{Environment.ProcessId}.tmp";
        try
        {
            await using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                write(file);
                await file.FlushAsync(cancellationToken);
            }

            File.Move(temporary, full, overwrite: true);
        }
        finally
        {
            if (Directory.Exists(Path.GetDirectoryName(full))) File.Delete(temporary);
        }
    }

    public static void Json(Stream stream, Action<Utf8JsonWriter> write)
    {
        using (var to = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true })) write(to);
        stream.Write("\n"u8);
    }
}
