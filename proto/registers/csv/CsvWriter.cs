using System.Globalization;
using System.Text;

namespace Pcie.Registers.Csv;

/// <summary>Writes a map as a table: a line for each register, and under it one for each field.</summary>
internal static class CsvWriter
{
    public static string Of(DeviceMap map)
    {
        var text = new StringBuilder("bar,register,offset,width,field,bits,access,reset,values,description\n");
        foreach (var block in map.Blocks)
            foreach (var register in block.Registers)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"{(block.Bar is { } bar ? $"{bar}" : "configuration")},{register.Name},0x{register.Offset:X3},");
                text.Append(CultureInfo.InvariantCulture, $"{register.Width},,,,,,{CsvText.Cell(register.Description)}\n");
                foreach (var field in register.Fields)
                {
                    var values = string.Join(' ', field.Values.Select(value => $"0x{value.Value:X}={value.Name}"));
                    text.Append(CultureInfo.InvariantCulture, $",{register.Name},,,{field.Name},{field.Bits},{field.Access.Name},");
                    text.Append(CultureInfo.InvariantCulture,
                        $"{(field.Reset is { } reset ? $"0x{reset:X}" : "")},{values},{CsvText.Cell(field.Description)}\n");
                }
            }
        return text.ToString();
    }
}
