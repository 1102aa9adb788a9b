using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Pawl.Benchmarks;

/// <summary>Prints the table as Markdown, and names the machine.</summary>
internal static class Report
{
    public static void Machine()
    {
        Console.WriteLine($"{Cpu()}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1L << 30)} GB, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        Console.WriteLine();
        Console.WriteLine("| work | median | budget |");
        Console.WriteLine("| --- | --- | --- |");
    }

    public static void Row(string work, string figure, string budget = "") => Console.WriteLine($"| {work} | {figure} | {budget} |");

    public static string Number(double value, string format = "0.00") => value.ToString(format, CultureInfo.InvariantCulture);

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    public static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;

    private static string Cpu()
    {
        const string info = "/proc/cpuinfo";
        if (!File.Exists(info)) return RuntimeInformation.ProcessArchitecture.ToString();
        return File.ReadLines(info).FirstOrDefault(l => l.StartsWith("model name"))?.Split(':', 2)[1].Trim() ?? "unknown processor";
    }
}

/// <summary>A folder beside the repository's build output, on the disk that is measured; gone at the end.</summary>
internal sealed class ScratchFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("pawl-bench-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
